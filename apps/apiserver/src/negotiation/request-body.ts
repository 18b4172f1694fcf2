import {
  type ApiError,
  badRequest,
  cannotBeHandled,
  decodeProtobuf,
  type InexactInteger,
  ProtobufError,
  parseApiVersion,
  parseJsonStrict,
  protobufMediaType,
  unsupportedMediaType,
} from '@orrery/api';
import type { Document, YAMLParseError } from 'yaml';
import { inexactYamlIntegers, readYamlDocument } from './yaml-scalars.ts';

const accepted = ['application/json', 'application/yaml', protobufMediaType];

/** The media type of a `Content-Type` header, in lower case and without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A decoded body and the paths of fields that it names twice. */
export interface DecodedBody {
  readonly value: unknown;
  readonly duplicateFields: readonly string[];
  /** Integers that `value` does not hold as the body gives them. */
  readonly inexactIntegers: readonly InexactInteger[];
}

/**
 * Reads a JSON, YAML or protobuf body. No content type counts as JSON, as upstream does.
 * `kind`: what the body must hold, for the error. Throws `BadRequest`, `UnsupportedMediaType`.
 */
export function decodeBody(body: Uint8Array, contentType: string | undefined, kind: string): DecodedBody {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === protobufMediaType)
    return { value: parseProtobuf(body, kind), duplicateFields: [], inexactIntegers: [] };
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  switch (mediaType) {
    case '':
    case 'application/json':
    case '*/*':
      return recognized(() => parseJsonStrict(text), "couldn't get version/kind; json parse error: ", body, kind);
    case 'application/yaml':
    case 'text/yaml':
      return recognized(() => parseYaml(text), '', body, kind);
    default:
      throw unsupportedMediaType(accepted);
  }
}

/** Objects in protobuf say what they are, so that a failure can name the kind as soon as it is known. */
function parseProtobuf(body: Uint8Array, kind: string): unknown {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    const { claimed, message } = error;
    if (claimed === undefined) throw unrecognized(body, kind, message);
    const version = parseApiVersion(claimed.apiVersion)?.version ?? claimed.apiVersion;
    throw cannotBeHandled({ version, kind: claimed.kind }, claimed.kind, message);
  }
}

/** The error for a body that does not show what it holds. `kind`: what it must hold. */
export function unrecognized(body: Uint8Array, kind: string, detail: string): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${detail} (${summaryOf(body)})`);
}

/** The beginning of a body, as upstream shows it: JSON as it is, anything else in hexadecimal. */
function summaryOf(body: Uint8Array): string {
  if (body.length === 0) return '<empty>';
  const bytesMax = 30;
  const isObject = body[0] === '{'.charCodeAt(0);
  const shown = Buffer.from(body.subarray(0, bytesMax)).toString(isObject ? 'utf8' : 'hex');
  return body.length > bytesMax ? `${shown} ...` : shown;
}

function recognized(parse: () => DecodedBody, prefix: string, body: Uint8Array, kind: string): DecodedBody {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unrecognized(body, kind, `${prefix}${cause.message}`);
    throw cause;
  }
}

/** One YAML document. Keys that appear twice are reported, the last one counts. Throws `SyntaxError`. */
export function parseYaml(text: string): DecodedBody {
  const document = readYamlDocument(text);
  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const error = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (error !== undefined) throw new SyntaxError(`yaml: ${yamlDetail(error)}`);
  return {
    value: documentValue(document),
    duplicateFields: duplicates.map(({ pos }) => keyAt(text, pos[0])),
    inexactIntegers: inexactYamlIntegers(document, text),
  };
}

/** `line 3: key "x" already set in map`, once for each repeated key of a YAML document. */
export function repeatedYamlKeys(text: string): string[] {
  return readYamlDocument(text)
    .errors.filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos, linePos }) => `line ${linePos?.[0].line ?? 1}: key "${keyAt(text, pos[0])}" already set in map`);
}

/** Aliases are followed only now: they may lead nowhere, or multiply beyond what the library takes. */
function documentValue(document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new SyntaxError(`yaml: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The key that begins at `at`. */
function keyAt(text: string, at: number): string {
  return /^["']?([^:"'\s]*)/.exec(text.slice(at, at + 256))?.[1] ?? '';
}

function yamlDetail(error: YAMLParseError): string {
  const line = error.linePos?.[0].line;
  const message = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  return line === undefined ? message : `line ${line}: ${message}`;
}
