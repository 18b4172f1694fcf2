import { apiVersionOf, badRequest, invalid, invalidValue, type ResourceInfo } from '@orrery/api';

/** A custom resource does not say what it is. */
export class MissingKindError extends Error {
  constructor(text: string) {
    super(`Object 'Kind' is missing in '${text}'`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A custom resource has to say what it is: other than for built-in kinds, nothing is taken from the path. `text`: the object as it came.
 * Throws `MissingKindError`, `BadRequest`, `Invalid`.
 */
export function checkCustomKind(fields: Fields, info: ResourceInfo, text: () => string): void {
  const { kind, apiVersion = '' } = fields;
  if (kind === undefined || kind === '') throw new MissingKindError(text());
  const wanted = apiVersionOf(info);
  if (apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  checkPatchedCustomKind(fields, info, text);
}

/** The same for what a patch has made of an object: any other version is as wrong as any other kind. Throws `MissingKindError`, `Invalid`. */
export function checkPatchedCustomKind(fields: Fields, info: ResourceInfo, text: () => string): void {
  const { kind, apiVersion = '' } = fields;
  if (kind === undefined || kind === '') throw new MissingKindError(text());
  const wanted = apiVersionOf(info);
  const findings = [
    ...(kind === info.kind ? [] : [invalidValue('kind', kind, `must be ${info.kind}`)]),
    ...(apiVersion === wanted ? [] : [invalidValue('apiVersion', apiVersion, `must be ${wanted}`)]),
  ];
  if (findings.length > 0) throw invalid({ group: info.group, kind: String(kind) }, nameOf(fields), findings);
}

function nameOf({ metadata }: Fields): string {
  const { name } = (metadata ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' ? name : '';
}
