/** A parameter of an operation, in the words that both versions of OpenAPI share. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

export const pretty = query('pretty', 'string', "If 'true', then the output is pretty printed.");
export const dryRun = query('dryRun', 'string', 'When present, modifications are not persisted. Valid value: All.');
export const fieldManager = query('fieldManager', 'string', 'Name of the actor that makes the change.');
export const fieldValidation = query(
  'fieldValidation',
  'string',
  'What to do about unknown or duplicate fields: Ignore, Warn or Strict.',
);
export const force = query('force', 'boolean', 'Take over fields that others own. Only for apply.');

/** What a write takes. */
export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];

export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds until the object is deleted; 0 deletes at once.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Delete the object even if it can no longer be read. Skips finalizers and preconditions.',
  ),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'),
];

export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Ask for BOOKMARK events in a watch.'),
  query('continue', 'string', 'Where the previous part of the list ended.'),
  query('fieldSelector', 'string', 'Restricts the list by fields.'),
  query('labelSelector', 'string', 'Restricts the list by labels.'),
  query('limit', 'integer', 'Maximum number of items in the answer.'),
  query('resourceVersion', 'string', 'The state that is asked for.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'Start a watch with the objects that exist.'),
  query('timeoutSeconds', 'integer', 'Longest time that the call takes.'),
  query('watch', 'boolean', 'Answer with a stream of changes.'),
];

export const namespaceParameter = path('namespace', 'object name and auth scope, such as for teams and projects');
export const pathParameter = path('path', 'path to the resource');

/** The parameters of subresources that connect to something behind the API server. */
export const connectParameters: Readonly<Record<string, readonly Parameter[]>> = {
  attach: streamParameters('attach to'),
  exec: [query('command', 'string', 'The command to run, once for each argument.'), ...streamParameters('run in')],
  portforward: [query('ports', 'integer', 'Ports to forward.')],
  proxy: [query('path', 'string', 'Path of the request to pass on.')],
  log: [
    query('container', 'string', 'The container whose log is asked for.'),
    query('follow', 'boolean', 'Go on with what is logged from now.'),
    query('insecureSkipTLSVerifyBackend', 'boolean', 'Trust whoever answers for the node.'),
    query('limitBytes', 'integer', 'Longest answer.'),
    query('previous', 'boolean', 'The log of the run before.'),
    query('sinceSeconds', 'integer', 'Only what is this young.'),
    query('stream', 'string', 'All, Stdout or Stderr.'),
    query('tailLines', 'integer', 'Number of lines from the end.'),
    query('timestamps', 'boolean', 'Start each line with its time.'),
  ],
};

export function nameParameter(kind: string): Parameter {
  return path('name', `name of the ${kind}`);
}

function streamParameters(purpose: string): readonly Parameter[] {
  return [
    query('container', 'string', `The container to ${purpose}.`),
    query('stderr', 'boolean', 'Send standard error back.'),
    query('stdin', 'boolean', 'Pass standard input on.'),
    query('stdout', 'boolean', 'Send standard output back.'),
    query('tty', 'boolean', 'Allocate a terminal.'),
  ];
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description };
}

function path(name: string, description: string): Parameter {
  return { name, in: 'path', type: 'string', description };
}
