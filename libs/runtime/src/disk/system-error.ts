/** Whether the operating system refused with that code (`ENOENT`, `ENOSPC`, …). */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
