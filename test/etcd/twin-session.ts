import { etcdctl, startEtcdctl } from './etcdctl.ts';

/** One command of `etcdctl`, given to both sides. `<lease>` stands for the lease that this side granted last. */
export interface TwinCommand {
  readonly args: readonly string[];
  readonly input?: string;
  /** For a command that goes on until it is interrupted: what it must have printed before. */
  readonly until?: RegExp;
}

/** A server and what the commands have left behind on it. */
export class TwinSide {
  #lease = '';

  constructor(private readonly endpoint: string) {}

  /** What the command printed and how it ended, without what must differ between two servers. */
  async run({ args, input, until }: TwinCommand): Promise<string> {
    const words = args.map((word) => word.replaceAll('<lease>', this.#lease));
    const options = input === undefined ? {} : { input: input.replaceAll('<lease>', this.#lease) };
    const result =
      until === undefined ? await etcdctl([this.endpoint], words, options) : await this.#watch(words, until);
    const granted = /lease ([0-9a-f]{16}) granted/.exec(result.stdout)?.[1];
    if (granted !== undefined && words[1] === 'grant') this.#lease = granted;
    return [
      `exit code ${result.code}`,
      this.#comparable(result.stdout),
      this.#comparable(statusesOf(result.stderr)),
    ].join('\n');
  }

  async #watch(words: readonly string[], until: RegExp) {
    const command = startEtcdctl([this.endpoint], words);
    await command.until(until);
    return { ...(await command.interrupt()), code: 0 };
  }

  #comparable(output: string): string {
    const text = output
      .replaceAll(this.endpoint, '<endpoint>')
      .replace(DIFFERENT_NUMBERS, '"$1":<number>')
      .replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : <number>')
      .replace(/remaining\(\d+s\)/g, 'remaining(<seconds>)')
      .replace(/took = [^ \n]+/g, 'took = <time>');
    const lease = this.#lease;
    return lease === '' ? text : text.replaceAll(lease, '<lease>').replaceAll(String(BigInt(`0x${lease}`)), '<lease>');
  }
}

/** Fields of JSON that two servers cannot have alike. */
const DIFFERENT_NUMBERS = /"(cluster_id|member_id|raft_term|ID|memberID)":\d+/g;

/** The client logs what it tries again with the time of day; what counts are the status that the server gave and the error shown. */
function statusesOf(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => (line.startsWith('{') ? (/rpc error: code = \w+ desc = [^"]*/.exec(line)?.[0] ?? '') : line))
    .filter((line) => line !== '')
    .join('\n');
}
