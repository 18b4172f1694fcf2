import { apiVersionOf, type ResourceInfo, type ResourceTable } from './resource-table.ts';

/** A setting of `runtimeConfig` cannot be read, or names nothing that there is. */
export class RuntimeConfigError extends Error {
  override readonly name = 'RuntimeConfigError';
  constructor(
    readonly setting: string,
    detail: string,
  ) {
    super(`runtimeConfig: ${JSON.stringify(setting)} ${detail}`);
  }
}

type Stability = 'ga' | 'beta' | 'alpha';

/**
 * The rows of `table` that are served under upstream's `--runtime-config`: stable versions unless switched off; beta and alpha versions only where switched
 * on. Settings are `api/all=true`, `api/ga=`, `api/beta=`, `api/alpha=`, `<group>/<version>=` and, for the core group, `v1=`; the more exact one wins.
 * Throws `RuntimeConfigError`.
 */
export function servedRows(table: ResourceTable, settings: readonly string[] = []): readonly ResourceInfo[] {
  const switches = new Map(settings.map((setting) => parseSetting(setting, table)));
  return table.all().filter((row) => {
    const stability = stabilityOf(row.version);
    return (
      switches.get(apiVersionOf(row)) ??
      switches.get(`api/${stability}`) ??
      switches.get('api/all') ??
      stability === 'ga'
    );
  });
}

function parseSetting(setting: string, table: ResourceTable): [string, boolean] {
  const [name = '', value = 'true', ...rest] = setting.split('=');
  if (rest.length > 0 || (value !== 'true' && value !== 'false')) {
    throw new RuntimeConfigError(setting, 'must end in =true or =false');
  }
  const known = /^api\/(all|ga|beta|alpha)$/.test(name) || table.all().some((row) => apiVersionOf(row) === name);
  if (!known)
    throw new RuntimeConfigError(setting, 'names no API: use api/all, api/ga, api/beta, api/alpha or group/version');
  return [name, value === 'true'];
}

function stabilityOf(version: string): Stability {
  if (version.includes('alpha')) return 'alpha';
  return version.includes('beta') ? 'beta' : 'ga';
}
