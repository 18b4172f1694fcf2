/**
 * The scripts that stand between this service and a container, so that the container outlives the service: no memory to speak of, and
 * all that they know goes into files of the container's folder. Arguments: runc, its state folder, the container's id.
 */

/** Marks our scripts in the process list. */
export const shimName = 'orrery-shim';

const runContainer = '"$1" --root "$2" --log runc.log --log-format json run --keep --bundle bundle --pid-file pid "$3"';
const recordExit = 'echo $code >exit.new; mv exit.new exit';
/** Keeps the fifo open for writing, so that input ends when we say so and not when a client leaves. */
const holdStdin = 'sleep 2147483647 >stdin & echo $! >stdin-holder';

export function shimScript({ tty, stdin }: { tty: boolean; stdin: boolean }): string {
  if (tty)
    // The terminal that runc needs on its own side comes from `script`; the container's is made by runc.
    return `${holdStdin}; export RUNC="$1" STATE="$2" ID="$3"; script -qefc 'exec "$RUNC" --root "$STATE" --log runc.log --log-format json run --keep --bundle bundle --pid-file pid "$ID"' /dev/null <stdin >>stdout 2>>stderr; code=$?; kill $(cat stdin-holder); ${recordExit}`;
  if (stdin)
    return `${holdStdin}; ${runContainer} <stdin >>stdout 2>>stderr; code=$?; kill $(cat stdin-holder) 2>/dev/null; ${recordExit}`;
  return `${runContainer} </dev/null >>stdout 2>>stderr; code=$?; ${recordExit}`;
}

/** The reason in runc's JSON log, without the words that every line starts with. */
export function lastRuncError(log: string): string | undefined {
  const errors = log.split('\n').flatMap((line) => {
    try {
      const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
      return level === 'error' && msg !== undefined ? [msg] : [];
    } catch {
      return [];
    }
  });
  return errors.at(-1);
}
