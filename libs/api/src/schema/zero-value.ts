import { type FieldType, TypeSchemas } from './type-schemas.ts';

/** What Go holds before anything is set, as upstream writes it: required fields of an object are there, with their own zero values. A new value each time. */
export function zeroValue(type: FieldType): unknown {
  switch (type.kind) {
    case 'object': {
      const { alwaysPresent } = TypeSchemas.builtIn().get(type.typeName);
      return Object.fromEntries(alwaysPresent.map((field) => [field.name, zeroValue(field.type)]));
    }
    case 'list':
      return [];
    case 'map':
      return {};
    case 'scalar':
      return type.scalar === 'boolean' ? false : type.scalar === 'string' || type.scalar === 'bytes' ? '' : 0;
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'time':
    case 'any':
      return null;
    default:
      return type satisfies never;
  }
}
