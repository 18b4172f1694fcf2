/** What a service's log says at its very end, where that is an error: why the process ended. */
export function lastErrorIn(log: string): string | undefined {
  const line = log.trimEnd().split('\n').at(-1) ?? '';
  try {
    const { level, error, message } = JSON.parse(line) as LogLine;
    return level === 'error' ? (error?.message ?? message) : undefined;
  } catch {
    // Not a log line of ours: Node's own last words, or nothing at all.
    return undefined;
  }
}

interface LogLine {
  readonly level?: string;
  readonly message?: string;
  readonly error?: { readonly message?: string };
}
