import { formatTime, parseTime } from '@orrery/runtime';
import { ProtobufError } from './protobuf-error.ts';

/** The fields of a message by their names on the wire, before they get the form that they have in JSON. */
export type WireFields = Readonly<Record<string, unknown>>;

/** A message whose JSON is no object with its fields. */
export interface SpecialForm {
  /** `undefined` where the message stands for "not set". May throw `SyntaxError`, `RangeError`. */
  toJson(fields: WireFields): unknown;
  /** Throws `ProtobufError` for values that are of another type. */
  fromJson(value: unknown): WireFields;
}

const meta = 'apimachinery.pkg.apis.meta.v1';
const extensions = 'apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** Seconds of the years 1 and 9999: what RFC 3339 can say. */
const secondsMin = -62_135_596_800;
const secondsMax = 253_402_300_799;

const time: SpecialForm = {
  toJson: ({ seconds, nanos }) =>
    seconds === undefined && nanos === undefined ? undefined : formatTime(milliseconds(seconds)),
  // Fractions are dropped, as upstream does: JSON clients would not see them.
  fromJson: (value) => ({ seconds: Math.floor(timeOf(value) / 1000), nanos: 0 }),
};

const microTime: SpecialForm = {
  toJson: ({ seconds, nanos }) => {
    if (seconds === undefined && nanos === undefined) return undefined;
    const micros = Math.floor(Number(nanos ?? 0) / 1000) % 1_000_000;
    return `${formatTime(milliseconds(seconds)).slice(0, -1)}.${String(micros).padStart(6, '0')}Z`;
  },
  fromJson: (value) => {
    const seconds = Math.floor(timeOf(value) / 1000);
    const fraction = /\.(\d{1,6})/.exec(String(value))?.[1] ?? '';
    return { seconds, nanos: Number(fraction.padEnd(6, '0')) * 1000 };
  },
};

const quantity: SpecialForm = {
  toJson: ({ string }) => (string === undefined || string === '' ? '0' : string),
  fromJson: (value) => ({ string: String(value) }),
};

const intOrString: SpecialForm = {
  toJson: ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
  fromJson: (value) =>
    typeof value === 'number' ? { type: 0, intVal: value, strVal: '' } : { type: 1, intVal: 0, strVal: String(value) },
};

/** Free JSON in a field of bytes. */
function rawJson(field: string): SpecialForm {
  return {
    toJson: (fields) => {
      const raw = fields[field];
      if (!(raw instanceof Uint8Array) || raw.length === 0) return undefined;
      return JSON.parse(new TextDecoder().decode(raw)) as unknown;
    },
    fromJson: (value) => ({ [field]: new TextEncoder().encode(JSON.stringify(value)) }),
  };
}

/** A list that upstream wraps into a message, so that an empty one can stand in a map. */
const wrappedList: SpecialForm = {
  toJson: ({ items }) => items ?? [],
  fromJson: (value) => ({ items: value }),
};

const schemaOrArray: SpecialForm = {
  toJson: ({ schema, jSONSchemas }) => jSONSchemas ?? schema,
  fromJson: (value) => (Array.isArray(value) ? { jSONSchemas: value } : { schema: value }),
};

const schemaOrBool: SpecialForm = {
  toJson: ({ allows, schema }) => schema ?? allows === true,
  fromJson: (value) => (typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value }),
};

const schemaOrStrings: SpecialForm = {
  toJson: ({ schema, property }) => property ?? schema,
  fromJson: (value) => (Array.isArray(value) ? { property: value } : { schema: value }),
};

const forms: ReadonlyMap<string, SpecialForm> = new Map([
  [`${meta}.Time`, time],
  [`${meta}.MicroTime`, microTime],
  [`${meta}.FieldsV1`, rawJson('Raw')],
  [`${meta}.Verbs`, wrappedList],
  ['apimachinery.pkg.api.resource.Quantity', quantity],
  ['apimachinery.pkg.util.intstr.IntOrString', intOrString],
  ['api.authentication.v1.ExtraValue', wrappedList],
  ['api.authorization.v1.ExtraValue', wrappedList],
  ['api.certificates.v1.ExtraValue', wrappedList],
  [`${extensions}.JSON`, rawJson('raw')],
  [`${extensions}.JSONSchemaPropsOrArray`, schemaOrArray],
  [`${extensions}.JSONSchemaPropsOrBool`, schemaOrBool],
  [`${extensions}.JSONSchemaPropsOrStringArray`, schemaOrStrings],
]);

/** How a message stands in JSON, for those that are no plain object there. `RawExtension` is not here: see the envelope. */
export function specialFormOf(messageName: string): SpecialForm | undefined {
  return forms.get(messageName);
}

/** The message that holds an object of any kind, as JSON or in an envelope of its own. */
export const rawExtensionName = 'apimachinery.pkg.runtime.RawExtension';

function milliseconds(seconds: unknown): number {
  const whole = Number(seconds ?? 0);
  if (whole < secondsMin || whole > secondsMax) throw new RangeError('year outside of range [1,9999]');
  return whole * 1000;
}

function timeOf(value: unknown): number {
  const at = typeof value === 'string' ? parseTime(value) : undefined;
  if (at === undefined) throw new ProtobufError('wrongType', `${JSON.stringify(value)} is no time`);
  return at;
}
