import { CriError } from '@orrery/cri';

/** Which image, and where it lives. `docker.io/library/busybox:1.36` has registry `docker.io` and repository `library/busybox`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:…`; counts before the tag. */
  readonly digest: string | undefined;
}

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[a-f0-9]{64}$/;

/** Reads a reference as Docker and containerd do: no registry means Docker Hub, no tag means `latest`. */
export function parseImageReference(text: string): ImageReference {
  const [beforeDigest = '', digest] = splitOnce(text, '@');
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : digest === undefined ? 'latest' : undefined;
  const [first = '', rest] = splitOnce(name, '/');
  const namesRegistry = rest !== undefined && (/[.:]/.test(first) || first === 'localhost');
  const registry = namesRegistry ? first : 'docker.io';
  const path = namesRegistry ? rest : name;
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  if (
    !repositoryPattern.test(repository) ||
    (tag !== undefined && !tagPattern.test(tag)) ||
    (digest !== undefined && !digestPattern.test(digest))
  )
    throw new CriError('invalidArgument', `failed to parse image reference "${text}": invalid reference format`);
  return { registry, repository, tag, digest };
}

/** The whole reference: what two spellings of one image have in common. */
export function formatImageReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export function normalizeImageReference(text: string): string {
  return formatImageReference(parseImageReference(text));
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
