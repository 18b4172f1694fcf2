import { describe, expect, it } from '@jest/globals';
import { ResourceTable } from './resource-table.ts';
import { RuntimeConfigError, servedRows } from './runtime-config.ts';

const table = ResourceTable.builtIn();
const versionsOf = (resource: string, ...settings: string[]): string[] =>
  servedRows(table, settings)
    .filter((row) => row.resource === resource)
    .map(({ version }) => version);

describe('the runtime configuration', () => {
  it('serves stable versions only unless told otherwise', () => {
    expect(versionsOf('pods')).toEqual(['v1']);
    expect(versionsOf('resourceclaims')).toEqual(['v1']);
    expect(versionsOf('podgroups')).toEqual([]);
  });

  it('lets the more exact setting win', () => {
    expect(versionsOf('resourceclaims', 'api/beta=true')).toEqual(['v1', 'v1beta2', 'v1beta1']);
    expect(versionsOf('resourceclaims', 'api/beta=true', 'resource.k8s.io/v1beta1=false')).toEqual(['v1', 'v1beta2']);
    expect(versionsOf('resourceclaims', 'api/all=false', 'resource.k8s.io/v1=true')).toEqual(['v1']);
    expect(servedRows(table, ['api/all=true'])).toHaveLength(table.all().length);
  });

  it('refuses what it cannot read, and names it', () => {
    expect(() => servedRows(table, ['apps/v2=true'])).toThrow(RuntimeConfigError);
    expect(() => servedRows(table, ['apps/v1=perhaps'])).toThrow('"apps/v1=perhaps" must end in =true or =false');
  });
});
