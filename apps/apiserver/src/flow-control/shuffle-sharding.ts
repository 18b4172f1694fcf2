import { createHash } from 'node:crypto';

/** Bytes of a flow's hash that choose its queues: below 2^53, and more than the ways to deal the largest hand that upstream allows. */
const hashBytes = 6;

/** What chooses the queues of a flow: the same for the same flow on every server. */
export function flowHash(schemaName: string, distinguisher: string): number {
  return createHash('sha256').update(`${schemaName},${distinguisher}`).digest().readUIntBE(0, hashBytes);
}

/** Deals `handSize` different cards of a deck, `hash` being the shuffle. Two flows seldom get the same hand. */
export function dealHand(hash: number, deckSize: number, handSize: number): number[] {
  const remainders: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt += 1) {
    remainders.push(rest % (deckSize - dealt));
    rest = Math.floor(rest / (deckSize - dealt));
  }
  return remainders.map((remainder, index) => {
    let card = remainder;
    for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
      if (card >= (remainders[earlier] ?? 0)) card += 1;
    }
    return card;
  });
}
