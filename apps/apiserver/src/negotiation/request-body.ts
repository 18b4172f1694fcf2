import {
  badRequest,
  cannotBeHandled,
  decodeProtobuf,
  ProtobufError,
  parseApiVersion,
  protobufMediaType,
  unsupportedMediaType,
} from '@orrery/api';
import { parseDocument, type YAMLParseError } from 'yaml';

const accepted = ['application/json', 'application/yaml', protobufMediaType];

/** The media type of a `Content-Type` header, in lower case and without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A decoded body and the paths of fields that it names twice. */
export interface DecodedBody {
  readonly value: unknown;
  readonly duplicateFields: readonly string[];
}

/** Reads a JSON, YAML or protobuf body. No content type counts as JSON, as upstream does. Throws `BadRequest`, `UnsupportedMediaType`. */
export function decodeBody(body: Uint8Array, contentType: string | undefined): DecodedBody {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === protobufMediaType) return { value: parseProtobuf(body), duplicateFields: [] };
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  switch (mediaType) {
    case '':
    case 'application/json':
    case '*/*':
      return { value: parseJson(text), duplicateFields: [] };
    case 'application/yaml':
    case 'text/yaml':
      return parseYaml(text);
    default:
      throw unsupportedMediaType(accepted);
  }
}

/** Objects in protobuf say what they are, so that a failure can name the kind as soon as it is known. */
function parseProtobuf(body: Uint8Array): unknown {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    const { claimed, message } = error;
    if (claimed === undefined) throw badRequest(`the object provided is unrecognized: ${message} (${summaryOf(body)})`);
    const version = parseApiVersion(claimed.apiVersion)?.version ?? claimed.apiVersion;
    throw cannotBeHandled({ version, kind: claimed.kind }, claimed.kind, message);
  }
}

/** The beginning of a body, as upstream shows it. */
function summaryOf(body: Uint8Array): string {
  if (body.length === 0) return '<empty>';
  const bytesMax = 30;
  const shown = Buffer.from(body.subarray(0, bytesMax)).toString('hex');
  return body.length > bytesMax ? `${shown} ...` : shown;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : '';
    throw badRequest(`couldn't get version/kind; json parse error: ${detail}`);
  }
}

/** One YAML document. Keys that appear twice are reported, the last one counts. */
export function parseYaml(text: string): DecodedBody {
  const document = parseDocument(text, { version: '1.2' });
  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const error = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (error !== undefined) throw badRequest(`yaml: ${yamlDetail(error)}`);
  return { value: document.toJS() as unknown, duplicateFields: duplicates.map(({ pos }) => keyAt(text, pos[0])) };
}

/** The key that begins at `at`. */
function keyAt(text: string, at: number): string {
  return /^["']?([^:"'\s]*)/.exec(text.slice(at, at + 256))?.[1] ?? '';
}

function yamlDetail(error: YAMLParseError): string {
  const line = error.linePos?.[0].line;
  const message = error.message.split('\n')[0] ?? '';
  return line === undefined ? message : `line ${line}: ${message}`;
}
