import {
  CelCompileError,
  type CelEnvironment,
  CelResultTypeError,
  type CelType,
  type CompiledExpression,
} from '@orrery/cel';

/** An expression of a stored object, which may have been stored before it stopped to compile. */
export interface Compilation {
  readonly source: string;
  readonly expression: CompiledExpression | undefined;
  /** What is wrong with the expression, in upstream's words; `''` where it compiles. */
  readonly problem: string;
}

/** `results` as for `CelEnvironment.compile`. */
export function compileExpression(
  environment: CelEnvironment,
  source: string,
  results?: readonly CelType[],
): Compilation {
  try {
    return { source, expression: environment.compile(source, { results }), problem: '' };
  } catch (error) {
    return { source, expression: undefined, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (error instanceof CelCompileError) return `compilation failed: ${error.message}`;
  if (error instanceof CelResultTypeError) return error.message;
  throw error;
}
