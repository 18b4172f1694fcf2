/** Replaces `$(NAME)` by `lookUp(NAME)`; unknown names stay as they are, `$$` stands for `$`. The API's rule for env, command and args. */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string) =>
    what === '$' ? '$' : (lookUp(name) ?? whole),
  );
}
