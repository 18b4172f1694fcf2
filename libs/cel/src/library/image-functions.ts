import { types } from '../types/cel-type.ts';
import { type CelValue, OpaqueValue } from '../values/cel-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';

const { bool, string } = types;
const imageType = types.opaque('kubernetes.Image');
const lengthMax = 4_096;
const repository = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const domain =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;

/** A reference to a container image with Docker's defaults filled in. */
interface ImageParts {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

class ImageValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.Image';

  constructor(readonly parts: ImageParts) {
    super();
  }

  override equals(other: CelValue): boolean {
    return other instanceof ImageValue && other.toString() === this.toString();
  }

  override toString(): string {
    const { registry, repository: path, tag, digest } = this.parts;
    return `${registry}/${path}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
  }
}

/** References to container images. */
export const imageFunctions: CelLibrary = [
  fn('image', 'string_to_image', [string], imageType, (text: string) => {
    const parts = parse(text);
    if (parts === undefined) throw new CelRuntimeError('invalid reference format');
    return new ImageValue(parts);
  }),
  fn('isImage', 'is_image_string', [string], bool, (text: string) => parse(text) !== undefined),
  method('containsDigest', 'image_contains_digest', [imageType], bool, ({ parts }: ImageValue) => parts.digest !== ''),
  method('registry', 'image_registry', [imageType], string, ({ parts }: ImageValue) => parts.registry),
  method('repository', 'image_repository', [imageType], string, ({ parts }: ImageValue) => parts.repository),
  method('identifier', 'image_identifier', [imageType], string, ({ parts }: ImageValue) => parts.digest || parts.tag),
  method('tag', 'image_tag', [imageType], string, ({ parts }: ImageValue) => parts.tag),
  method('digest', 'image_digest', [imageType], string, ({ parts }: ImageValue) => parts.digest),
];

function parse(text: string): ImageParts | undefined {
  const match =
    text.length > lengthMax
      ? null
      : /^([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@([A-Za-z][\w+.-]*:[0-9a-fA-F]{32,}))?$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', tag = '', digest = ''] = match;
  const first = name.slice(0, Math.max(0, name.indexOf('/')));
  const named = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const registry = !named || first === 'index.docker.io' ? 'docker.io' : first;
  const rest = named ? name.slice(first.length + 1) : name;
  const path = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  if (!repository.test(path) || !domain.test(registry)) return undefined;
  return { registry, repository: path, tag: tag === '' && digest === '' ? 'latest' : tag, digest };
}
