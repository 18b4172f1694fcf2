import { describe, expect, it } from '@jest/globals';
import { mergedOpenApiV2 } from './merged-open-api.ts';

const refersTo = (name: string) => ({ schema: { $ref: `#/definitions/${name}` } });

describe('merging OpenAPI v2', () => {
  const local = { swagger: '2.0', paths: { '/api/': {} }, definitions: { Meta: { type: 'object' }, Thing: { a: 1 } } };

  it('takes the paths of the group version and all that they need', () => {
    const remote = {
      paths: { '/apis/g/v1/things': refersTo('List'), '/apis/g/v1beta1/things': refersTo('Old'), '/apis/g/v1/': {} },
      definitions: { List: { items: refersTo('Meta') }, Meta: { type: 'object' }, Old: {} },
    };
    expect(mergedOpenApiV2(local, remote, { group: 'g', version: 'v1' })).toEqual({
      swagger: '2.0',
      paths: { '/api/': {}, '/apis/g/v1/things': refersTo('List'), '/apis/g/v1/': {} },
      definitions: { ...local.definitions, List: { items: refersTo('Meta') } },
    });
  });

  it('gives a definition another name where the name means something else', () => {
    const remote = {
      paths: { '/apis/g/v1/things': refersTo('Thing') },
      definitions: { Thing: { b: refersTo('Thing') } },
    };
    const merged = mergedOpenApiV2(local, remote, { group: 'g', version: 'v1' });
    expect(merged.paths).toMatchObject({ '/apis/g/v1/things': refersTo('Thing_v2') });
    expect(merged.definitions).toMatchObject({ Thing: { a: 1 }, Thing_v2: { b: refersTo('Thing_v2') } });
  });
});
