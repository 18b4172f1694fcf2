import { notAcceptable, protobufMediaType } from '@orrery/api';

/** What a client wants to read. */
export interface OutputForm {
  readonly encoding: 'json' | 'yaml';
  /** Another shape than the object's own. */
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of `meta.k8s.io` for the shapes of that group. */
  readonly metaVersion: 'v1' | 'v1beta1';
}

export const plainJson: OutputForm = { encoding: 'json', as: 'Object', metaVersion: 'v1' };

const supported = ['application/json', 'application/yaml', protobufMediaType];
const encodings: Readonly<Record<string, OutputForm['encoding']>> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  'text/yaml': 'yaml',
};

interface Clause {
  readonly mediaType: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

/**
 * The first form in an `Accept` header that this server can write, by quality and then by order. Throws `NotAcceptable` where there is none.
 * With `plain`, clauses that ask for another shape are passed over.
 */
export function negotiate(accept: string | undefined, shapes: 'shapes' | 'plain' = 'shapes'): OutputForm {
  if (accept === undefined || accept.trim() === '') return plainJson;
  const clauses = parseAccept(accept);
  for (const clause of clauses) {
    const form = formOf(clause, shapes);
    if (form !== undefined) return form;
  }
  throw notAcceptable(supported);
}

/** The clauses of an `Accept` header, best first. */
export function parseAccept(accept: string): Clause[] {
  return accept
    .split(',')
    .map(parseClause)
    .filter((clause) => clause.mediaType !== '' && clause.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseClause(text: string): Clause {
  const [mediaType = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const at = part.indexOf('=');
    if (at > 0) parameters[part.slice(0, at).trim().toLowerCase()] = part.slice(at + 1).trim();
  }
  const quality = parameters.q === undefined ? 1 : Number(parameters.q);
  return { mediaType: mediaType.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

function formOf({ mediaType, parameters }: Clause, shapes: 'shapes' | 'plain'): OutputForm | undefined {
  const encoding = encodings[mediaType];
  if (encoding === undefined) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return { encoding, as: 'Object', metaVersion: 'v1' };
  if (shapes === 'plain' || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { encoding, as, metaVersion: v };
}
