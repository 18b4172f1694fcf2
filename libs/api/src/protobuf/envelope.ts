import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { MessageDecoder } from './message-decoder.ts';
import { MessageEncoder } from './message-encoder.ts';
import { type ClaimedKind, ProtobufError } from './protobuf-error.ts';
import { WireSchemas } from './wire-schema.ts';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';
/** Of a watch: frames, each after its length. */
export const protobufWatchMediaType = `${protobufMediaType};stream=watch`;

/** `k8s` and a zero: what every object begins with; an envelope with its kind follows. */
const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** An object that says what it is. */
export interface KindedObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Has this kind a message? Custom resources and `Table` have none, upstream either. */
export function hasProtobuf({ apiVersion, kind }: KindedObject): boolean {
  return WireSchemas.builtIn().messageOf(apiVersion, kind) !== undefined;
}

/** An object as `application/vnd.kubernetes.protobuf`. Throws `ProtobufError`: `unknownKind`, `wrongType`. */
export function encodeProtobuf(object: KindedObject): Uint8Array {
  const { apiVersion, kind } = object;
  const schemas = WireSchemas.builtIn();
  const message = schemas.messageOf(apiVersion, kind);
  if (message === undefined) throw unknownKind({ apiVersion, kind });
  const writer = new BinaryWriter().raw(magic);
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(apiVersion);
  writer.tag(2, WireType.LengthDelimited).string(kind).join();
  writer.tag(2, WireType.LengthDelimited).bytes(new MessageEncoder(schemas).encode(object, message));
  // Content encoding and content type: none, and upstream writes so.
  writer.tag(3, WireType.LengthDelimited).string('').tag(4, WireType.LengthDelimited).string('');
  return writer.finish();
}

/** One frame of a watch: four bytes of length (big-endian), then a `WatchEvent` that holds the object in its envelope. */
export function encodeWatchFrame(type: string, object: KindedObject): Uint8Array {
  const schemas = WireSchemas.builtIn();
  const message = schemas.get('apimachinery.pkg.apis.meta.v1.WatchEvent');
  const event = new MessageEncoder(schemas).encode({ type, object: encodeProtobuf(object) }, message);
  const frame = new Uint8Array(4 + event.length);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, 4);
  return frame;
}

/**
 * The JSON form of an object that came as `application/vnd.kubernetes.protobuf`: what the same client would have sent as JSON. Fields that this
 * version does not know are dropped. Throws `ProtobufError`: `malformed`, `unknownKind`.
 */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> {
  return decodeAt(bytes, 0);
}

function decodeAt(bytes: Uint8Array, depth: number): Record<string, unknown> {
  if (bytes.length === 0) throw new ProtobufError('malformed', 'empty data');
  if (!beginsWithMagic(bytes)) {
    const prefix = [...magic].join(' ');
    throw new ProtobufError(
      'malformed',
      `provided data does not appear to be a protobuf message, expected prefix [${prefix}]`,
    );
  }
  if (bytes.length === magic.length) throw new ProtobufError('malformed', 'empty body');
  const { apiVersion, kind, raw } = reading(undefined, () => readEnvelope(bytes.subarray(magic.length)));
  const claimed = { apiVersion, kind };
  const schemas = WireSchemas.builtIn();
  const message = schemas.messageOf(apiVersion, kind);
  if (message === undefined) throw unknownKind(claimed);
  const decoder = new MessageDecoder(schemas, readRaw);
  return { kind, apiVersion, ...reading(claimed, () => decoder.decode(raw, message, depth)) };
}

/** A `RawExtension` holds JSON, or an object in an envelope of its own. */
function readRaw(bytes: Uint8Array, depth: number): unknown {
  if (beginsWithMagic(bytes)) return decodeAt(bytes, depth);
  return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
}

/** Message `runtime.Unknown`. */
function readEnvelope(bytes: Uint8Array): ClaimedKind & { readonly raw: Uint8Array } {
  let claimed: ClaimedKind = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array();
  forEachField(bytes, (number, value) => {
    if (number === 1) claimed = readTypeMeta(value);
    if (number === 2) raw = value;
  });
  return { ...claimed, raw };
}

function readTypeMeta(bytes: Uint8Array): ClaimedKind {
  const texts: [string, string] = ['', ''];
  forEachField(bytes, (number, value) => {
    if (number === 1 || number === 2) texts[number - 1] = new TextDecoder().decode(value);
  });
  return { apiVersion: texts[0], kind: texts[1] };
}

/** All fields that matter in an envelope are length-delimited. */
function forEachField(bytes: Uint8Array, visit: (number: number, value: Uint8Array) => void): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) visit(number, reader.bytes());
    else reader.skip(wireType, number);
  }
}

/** Whatever goes wrong while reading, the bytes are to blame. */
function reading<T>(claimed: ClaimedKind | undefined, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ProtobufError) throw cause;
    throw new ProtobufError('malformed', cause instanceof Error ? cause.message : String(cause), claimed, { cause });
  }
}

function unknownKind(claimed: ClaimedKind): ProtobufError {
  const { apiVersion, kind } = claimed;
  const text = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`;
  return new ProtobufError('unknownKind', `${text} in scheme "pkg/api/legacyscheme/scheme.go:30"`, claimed);
}

function beginsWithMagic(bytes: Uint8Array): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
