import type { LiveReport, NestModuleRef, NestWrapper } from './booted';

/** What Nest itself injects where: for every provider, controller, guard and the like of every module. */
export function injectionsOf(modules: ReadonlyMap<string, NestModuleRef>): LiveReport['injections'] {
  const found = new Map<string, LiveReport['injections'][number]>();
  for (const module of modules.values()) {
    for (const wrappers of [module.providers, module.controllers, module.injectables]) {
      for (const wrapper of wrappers.values()) {
        for (const asked of askedBy(wrapper)) {
          const edge = { user: nameOf(wrapper), token: nameOf(asked), module: module.name };
          found.set(`${edge.user} ${edge.token}`, edge);
        }
      }
    }
  }
  return [...found.values()];
}

function askedBy(wrapper: NestWrapper): NestWrapper[] {
  const constructor = wrapper.getCtorMetadata() ?? [];
  const properties = (wrapper.getPropertiesMetadata() ?? []).map((one) => one.wrapper);
  return [...constructor, ...properties].filter((one) => one !== undefined);
}

function nameOf({ token, name }: NestWrapper): string {
  if (typeof token === 'function') return token.name;
  return typeof token === 'symbol' ? (token.description ?? name) : String(token ?? name);
}
