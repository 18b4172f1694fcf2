import type { Milliseconds, Random } from '@orrery/runtime';

/** How the links of a network behave while it lasts. Chances are in [0, 1]. */
export interface LinkWeather {
  /** Least time under way. */
  readonly delayMs: Milliseconds;
  /** Added to it, spread evenly; this alone lets messages overtake each other. */
  readonly jitterMs: Milliseconds;
  /** Chance that a message takes `tailMs` on top: the heavy tail. */
  readonly tailChance: number;
  readonly tailMs: Milliseconds;
  readonly lossChance: number;
  readonly duplicateChance: number;
}

export const CALM: LinkWeather = {
  delayMs: 0.5,
  jitterMs: 1.5,
  tailChance: 0.005,
  tailMs: 60,
  lossChance: 0,
  duplicateChance: 0,
};

/** When the copies of one message arrive, from now; empty where it is lost. */
export function arrivals(weather: LinkWeather, random: Random): Milliseconds[] {
  if (random.next() < weather.lossChance) return [];
  const first = delay(weather, random);
  return random.next() < weather.duplicateChance ? [first, first + delay(weather, random)] : [first];
}

/** The delay of a message on a connection that neither loses nor repeats. */
export function delay(weather: LinkWeather, random: Random): Milliseconds {
  const tail = random.next() < weather.tailChance ? random.next() * weather.tailMs : 0;
  return weather.delayMs + random.next() * weather.jitterMs + tail;
}
