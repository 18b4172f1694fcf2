import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { JsonSchema } from './json-schema.ts';
import type { OpenApiV2, OperationV2, ParameterV2, PathItemV2 } from './open-api-v2.ts';

/**
 * Encodes a version 2 document as message `openapi.v2.Document` of gnostic's OpenAPIv2.proto. Only the fields that our documents
 * have are known here. Extensions, defaults and the like are messages that hold YAML text: JSON is YAML.
 */
export function encodeGnosticDocument({ swagger, info, paths, definitions }: OpenApiV2): Uint8Array {
  const writer = new MessageWriter();
  writer.string(1, swagger);
  writer.message(2, (message) => {
    message.string(1, info.title);
    message.string(2, info.version);
  });
  writer.message(8, (message) => writeNamed(message, 2, paths, writePathItem));
  writer.message(9, (message) => writeNamed(message, 1, definitions, writeSchema));
  return writer.finish();
}

/** Writes the fields of one message. */
class MessageWriter {
  private readonly writer = new BinaryWriter();

  string(field: number, value: string | undefined): void {
    if (value) this.writer.tag(field, WireType.LengthDelimited).string(value);
  }

  strings(field: number, values: readonly string[] | undefined): void {
    for (const value of values ?? []) this.writer.tag(field, WireType.LengthDelimited).string(value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value) this.writer.tag(field, WireType.Varint).bool(value);
  }

  message(field: number, write: (message: MessageWriter) => void): void {
    this.writer.tag(field, WireType.LengthDelimited).fork();
    write(this);
    this.writer.join();
  }

  /** Message `Any`: field 2 is YAML text. */
  any(field: number, value: unknown): void {
    if (value !== undefined) this.message(field, (message) => message.string(2, JSON.stringify(value)));
  }

  finish(): Uint8Array {
    return this.writer.finish();
  }
}

/** A map, as gnostic has it: repeated messages with name (1) and value (2). */
function writeNamed<T>(
  writer: MessageWriter,
  field: number,
  entries: Readonly<Record<string, T>> | undefined,
  write: (message: MessageWriter, value: T) => void,
): void {
  for (const [name, value] of Object.entries(entries ?? {})) {
    writer.message(field, (named) => {
      named.string(1, name);
      named.message(2, (message) => write(message, value));
    });
  }
}

function writeExtensions(writer: MessageWriter, field: number, object: object): void {
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith('x-')) continue;
    writer.message(field, (named) => {
      named.string(1, name);
      named.any(2, value);
    });
  }
}

const operationFields = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function writePathItem(writer: MessageWriter, item: PathItemV2): void {
  for (const [method, field] of Object.entries(operationFields)) {
    const operation = item[method as keyof typeof operationFields];
    if (operation) writer.message(field, (message) => writeOperation(message, operation));
  }
  for (const parameter of item.parameters ?? []) writer.message(9, (message) => writeParameter(message, parameter));
}

function writeOperation(writer: MessageWriter, operation: OperationV2): void {
  writer.strings(1, operation.tags);
  writer.string(3, operation.description);
  writer.string(5, operation.operationId);
  writer.strings(6, operation.produces);
  writer.strings(7, operation.consumes);
  for (const parameter of operation.parameters ?? [])
    writer.message(8, (message) => writeParameter(message, parameter));
  writer.message(9, (message) => writeNamed(message, 1, operation.responses, writeResponse));
  writer.strings(10, operation.schemes);
  writeExtensions(writer, 13, operation);
}

/** ResponseValue { response = 1 }, Response { description = 1, schema = 2: SchemaItem { schema = 1 } }. */
function writeResponse(writer: MessageWriter, { description, schema }: OperationV2['responses'][string]): void {
  writer.message(1, (response) => {
    response.string(1, description);
    if (schema) response.message(2, (item) => item.message(1, (message) => writeSchema(message, schema)));
  });
}

/** ParametersItem { parameter = 1 }, Parameter { body_parameter = 1, non_body_parameter = 2 }. */
function writeParameter(writer: MessageWriter, parameter: ParameterV2): void {
  const { schema } = parameter;
  writer.message(1, (choice) => {
    if (parameter.in === 'body') {
      choice.message(1, (body) => {
        body.string(1, parameter.description);
        body.string(2, parameter.name);
        body.string(3, parameter.in);
        body.bool(4, parameter.required);
        if (schema) body.message(5, (message) => writeSchema(message, schema));
      });
    } else {
      choice.message(2, (nonBody) =>
        nonBody.message(parameter.in === 'query' ? 3 : 4, (message) => writeSimple(message, parameter)),
      );
    }
  });
}

/** QueryParameterSubSchema and PathParameterSubSchema, which differ from the fifth field on. */
function writeSimple(writer: MessageWriter, parameter: ParameterV2): void {
  writer.bool(1, parameter.required);
  writer.string(2, parameter.in);
  writer.string(3, parameter.description);
  writer.string(4, parameter.name);
  writer.string(parameter.in === 'query' ? 6 : 5, parameter.type);
  writer.bool(parameter.in === 'query' ? 20 : 19, parameter.uniqueItems);
}

function writeSchema(writer: MessageWriter, schema: JsonSchema): void {
  const { type, items, additionalProperties } = schema;
  writer.string(1, schema.$ref);
  writer.string(2, schema.format);
  writer.string(4, schema.description);
  writer.any(5, schema.default);
  writer.strings(19, schema.required);
  if (additionalProperties !== undefined) writer.message(21, (choice) => writeValues(choice, additionalProperties));
  if (type) writer.message(22, (message) => message.string(1, type));
  if (items) writer.message(23, (list) => list.message(1, (message) => writeSchema(message, items)));
  if (schema.properties) writer.message(25, (message) => writeNamed(message, 1, schema.properties, writeSchema));
  writeExtensions(writer, 31, schema);
}

/** AdditionalPropertiesItem { schema = 1, boolean = 2 }. */
function writeValues(writer: MessageWriter, values: JsonSchema | boolean): void {
  if (typeof values === 'boolean') writer.bool(2, values);
  else writer.message(1, (message) => writeSchema(message, values));
}
