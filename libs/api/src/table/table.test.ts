import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ResourceTable } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { renderTable } from './table.ts';

const nowMs = Date.UTC(2026, 0, 1, 1);
const table = ResourceTable.builtIn();
const cases = parse(readFileSync(new URL('./testdata/rows.yaml', import.meta.url), 'utf8')) as {
  resource: string;
  object: { metadata: object };
  cells: unknown[];
}[];

function infoOf(path: string) {
  const [group = '', version = '', resource = ''] = path.split('/');
  const info = table.find(group, version, resource);
  if (!info) throw new Error(`no resource ${path}`);
  return info;
}

function objectOf(given: { metadata: object }): ApiObject {
  return {
    ...given,
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '7', ...given.metadata },
  } as ApiObject;
}

describe('the table of a resource', () => {
  it.each(cases)('prints $resource as $cells', ({ resource, object, cells }) => {
    const { columnDefinitions, rows } = renderTable(infoOf(resource), [objectOf(object)], {
      nowMs,
      includeObject: 'None',
    });
    expect(rows[0]?.cells).toEqual(cells);
    expect(columnDefinitions).toHaveLength(cells.length);
  });

  const headers = Object.entries(
    parse(readFileSync(new URL('./testdata/columns.yaml', import.meta.url), 'utf8')) as Record<string, string>,
  );

  it.each(headers)('of %s has the columns %s', (key, header) => {
    const [group = '', kind] = key.split('/');
    const info = table.all().find((one) => one.group === group && one.kind === kind);
    if (!info) throw new Error(`no kind ${key}`);
    const { columnDefinitions } = renderTable(info, [], { nowMs, includeObject: 'None' });
    const names = columnDefinitions.map(
      ({ name, type, priority }) => `${name}${type === 'string' ? '' : ` (${type})`}${priority ? '*' : ''}`,
    );
    expect(names.join(', ')).toBe(header);
  });

  it('has a name or date and never fails, even for an object of any kind with nothing in it', () => {
    for (const info of table.all()) {
      const bare = { apiVersion: 'v1', kind: info.kind, metadata: { name: 'x' } } as ApiObject;
      const { rows, columnDefinitions } = renderTable(info, [bare], { nowMs, includeObject: 'None' });
      expect(rows[0]?.cells).toHaveLength(columnDefinitions.length);
      expect(rows[0]?.cells).toContain('x');
    }
  });

  const pods = infoOf('/v1/pods');
  const pod = objectOf({ metadata: { name: 'web', labels: { a: 'b' } } });

  it('carries as much of the object as was asked for', () => {
    const rowOf = (includeObject: 'None' | 'Metadata' | 'Object') =>
      renderTable(pods, [pod], { nowMs, includeObject }).rows[0]?.object;
    expect(rowOf('None')).toBeNull();
    expect(rowOf('Metadata')).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: pod.metadata,
    });
    expect(rowOf('Object')).toBe(pod);
  });

  it('takes the metadata of the list, or of the only object', () => {
    const options = { nowMs, includeObject: 'None' } as const;
    expect(renderTable(pods, [pod], options).metadata).toEqual({ resourceVersion: '7' });
    expect(
      renderTable(pods, [pod], { ...options, listMetadata: { resourceVersion: '9' } }).metadata.resourceVersion,
    ).toBe('9');
  });

  it('sends columns with the first event of a watch only', () => {
    const options = { nowMs, includeObject: 'None', includeColumns: false } as const;
    expect(renderTable(pods, [pod], options).columnDefinitions).toEqual([]);
  });

  it('speaks the version that the client accepts', () => {
    const options = { nowMs, includeObject: 'Metadata', apiVersion: 'meta.k8s.io/v1beta1' } as const;
    const v1beta1 = renderTable(pods, [pod], options);
    expect([v1beta1.apiVersion, v1beta1.rows[0]?.object?.apiVersion]).toEqual([
      'meta.k8s.io/v1beta1',
      'meta.k8s.io/v1beta1',
    ]);
  });
});
