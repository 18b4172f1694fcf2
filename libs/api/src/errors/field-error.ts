/** What is wrong with a field's value. */
export type FieldErrorType =
  | 'required'
  | 'invalid'
  | 'duplicate'
  | 'notSupported'
  | 'forbidden'
  | 'tooLong'
  | 'tooMany'
  | 'notFound'
  | 'internal'
  | 'typeInvalid';

/** One finding of validation. `field` is a path like `spec.containers[0].name`. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  /** Shown for `invalid`, `typeInvalid`, `notSupported`, `notFound`, `duplicate` and `tooMany`. */
  readonly badValue?: unknown;
  readonly detail: string;
  readonly supported?: readonly string[];
  /** The text leaves the value out, where it would repeat half of the object. */
  readonly omitsValue?: true;
}

interface TypeText {
  readonly text: string;
  readonly reason: string;
  readonly showsValue: boolean;
}

const typeTexts: Record<FieldErrorType, TypeText> = {
  required: { text: 'Required value', reason: 'FieldValueRequired', showsValue: false },
  invalid: { text: 'Invalid value', reason: 'FieldValueInvalid', showsValue: true },
  duplicate: { text: 'Duplicate value', reason: 'FieldValueDuplicate', showsValue: true },
  notSupported: { text: 'Unsupported value', reason: 'FieldValueNotSupported', showsValue: true },
  forbidden: { text: 'Forbidden', reason: 'FieldValueForbidden', showsValue: false },
  tooLong: { text: 'Too long', reason: 'FieldValueTooLong', showsValue: false },
  tooMany: { text: 'Too many', reason: 'FieldValueTooMany', showsValue: true },
  notFound: { text: 'Not found', reason: 'FieldValueNotFound', showsValue: true },
  internal: { text: 'Internal error', reason: 'InternalError', showsValue: false },
  typeInvalid: { text: 'Invalid value', reason: 'FieldValueTypeInvalid', showsValue: true },
};

export function required(field: string, detail = ''): FieldError {
  return { type: 'required', field, detail };
}

export function invalidValue(field: string, badValue: unknown, detail: string): FieldError {
  return { type: 'invalid', field, badValue, detail };
}

/** One finding for each text of what is wrong with the value. */
export function invalidTexts(field: string, badValue: unknown, texts: readonly string[]): FieldError[] {
  return texts.map((text) => invalidValue(field, badValue, text));
}

/** As `invalidValue`, but the text does not show the value. */
export function invalidField(field: string, detail: string): FieldError {
  return { type: 'invalid', field, detail, omitsValue: true };
}

export function duplicateValue(field: string, badValue: unknown, detail = ''): FieldError {
  return { type: 'duplicate', field, badValue, detail };
}

export function notSupported(field: string, badValue: unknown, supported: readonly string[]): FieldError {
  const values = supported.map((value) => JSON.stringify(value)).join(', ');
  return {
    type: 'notSupported',
    field,
    badValue,
    detail: supported.length > 0 ? `supported values: ${values}` : '',
    supported,
  };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: 'forbidden', field, detail };
}

export function tooLong(field: string, lengthMax: number): FieldError {
  return { type: 'tooLong', field, detail: `may not be more than ${lengthMax} bytes` };
}

export function tooMany(field: string, actual: number, countMax: number): FieldError {
  return { type: 'tooMany', field, badValue: actual, detail: `must have at most ${countMax} items` };
}

export function valueNotFound(field: string, badValue: unknown, detail = ''): FieldError {
  return { type: 'notFound', field, badValue, detail };
}

export function internalField(field: string, detail: string): FieldError {
  return { type: 'internal', field, detail };
}

export function typeInvalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: 'typeInvalid', field, badValue, detail };
}

/** The finding without its field: `Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorBody(error: FieldError): string {
  const { text, showsValue } = typeTexts[error.type];
  const value = showsValue && !error.omitsValue ? `: ${valueText(error.badValue)}` : '';
  return `${text}${value}${error.detail === '' ? '' : `: ${error.detail}`}`;
}

/** The whole finding: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** One finding as it is, several as `[a, b]` with each text once. */
export function fieldErrorsText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/** `reason` of the cause in a `Status`. */
export function causeReason(error: FieldError): string {
  return typeTexts[error.type].reason;
}

function valueText(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
