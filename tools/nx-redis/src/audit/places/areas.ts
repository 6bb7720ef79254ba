import type { Area, AuditResult, Place } from '../audit-result';

const TEST_NAME = /[.-](spec|test|e2e-spec|it|mock|stub|fixture|fixtures|stories|bench)\.[cm]?[jt]sx?$/;
const TEST_FOLDER =
  /(^|\/)(__tests__|__mocks__|__fixtures__|tests?|e2e|specs?|testing|test-utils|fixtures|mocks)\//;
const TEST_PROJECT =
  /(^|\/)[^/]*-(e2e|testing)\/|(^|\/)(testing|test)-[^/]*\/|(^|\/)jest[.-][^/]*\.[cm]?[jt]s$/;

/** Whether a file is of tests, by its name and the folders it is in. */
export function isTestFile(file: string): boolean {
  return TEST_NAME.test(file) || TEST_FOLDER.test(file) || TEST_PROJECT.test(file);
}

export function isWithin(file: string, folder: string): boolean {
  return folder === '' || folder === '.' || file === folder || file.startsWith(`${folder}/`);
}

export function areaOf(file: string, owners: readonly string[], exempt: readonly string[]): Area {
  if (exempt.some((folder) => isWithin(file, folder))) return 'exempt';
  if (isTestFile(file)) return 'test';
  return owners.some((folder) => isWithin(file, folder)) ? 'owner' : 'production';
}

/** Whether a package owns Redis and this is a file that sets it up. */
export function isDoor({ packages, folders }: AuditResult['owner'], file: string): boolean {
  return packages.length > 0 && /\.[cm]?[jt]sx?$/.test(file) && folders.includes(file);
}

/** A file that sets up the package which owns Redis makes no client besides. */
export function areaOfPlace(place: Place, owner: AuditResult['owner'], exempt: readonly string[]): Area {
  const area = areaOf(place.file, owner.folders, exempt);
  const isBeside = isDoor(owner, place.file) && !owner.packages.includes(place.package);
  return area === 'owner' && isBeside ? 'production' : area;
}
