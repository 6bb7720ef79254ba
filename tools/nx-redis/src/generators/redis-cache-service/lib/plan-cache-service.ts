import { joinPathFragments, names } from '@nx/devkit';
import type { Draft } from '../../draft/draft';
import type { FeatureLibrary } from '../../library/feature-library';
import { importPath } from '../../library/import-path';
import { packageRoots, SERVERS } from '../../library/package-names';
import { refuseTakenName } from '../../library/refuse-taken-name';
import type { CachedType, CacheService, RedisCacheServiceOptions } from '../options';
import type { Choices } from './check-choices';
import { isKnown, ONLY_AN_ID } from './entity-shape';
import { findEntity } from './find-entity';
import { shapeOfType } from './shape-of-type';

/** @throws Error when the name is taken, or the entity cannot be cached or checked */
export function planCacheService(
  draft: Draft,
  library: FeatureLibrary,
  cacheName: string,
  options: RedisCacheServiceOptions,
  choices: Choices,
): CacheService {
  const typeName = names(cacheName).className;
  const fileName = `${cacheName}-cache.service`;
  const file = joinPathFragments(library.directory, `${fileName}.ts`);
  const taken = new RegExp(`\\.cache\\s*(<[^()]*>)?\\(\\s*['"\`]${cacheName}['"\`]`);
  refuseTakenName(draft, taken, `a cache named "${cacheName}"`, file);
  const type = cachedType(draft, library, options.entity, typeName, file);
  if (options.schema && !isKnown(type.shape)) {
    throw new Error(
      `--schema: what ${type.name} is made of is not all in its file, so no schema can be written of it. Leave ` +
        '--schema out and put your own into the service, or leave --entity out.',
    );
  }
  return {
    ...choices,
    cacheName,
    fileName,
    className: `${typeName}CacheService`,
    type,
    near: options.near ?? false,
    schemaName: options.schema ? `${names(type.name).propertyName}Schema` : undefined,
    hasServers: packageRoots(draft).has(SERVERS),
  };
}

function cachedType(
  draft: Draft,
  { root }: FeatureLibrary,
  entity: string | undefined,
  typeName: string,
  serviceFile: string,
): CachedType {
  if (entity === undefined) return { name: `Cached${typeName}`, shape: ONLY_AN_ID };
  const { name, file, source } = findEntity(draft.tree, root, entity, typeName);
  return {
    name,
    importedFrom: importPath(serviceFile, file.replace(/\.ts$/, '')),
    shape: shapeOfType(source, name),
  };
}
