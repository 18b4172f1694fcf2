import { type ApiObject, type FieldType, type ResourceInfo, TypeSchemas } from '@orrery/api';
import fc from 'fast-check';
import { Choices, choiceNumbers } from './choices.ts';
import { typedValue, wrongValue } from './typed-value.ts';

const schemas = TypeSchemas.builtIn();

/** One change of an object; which one is told by the numbers, and depends on the object. */
export interface Mutation {
  readonly action: 'add' | 'replace' | 'repeat' | 'remove' | 'wrong' | 'unknown';
  readonly numbers: readonly number[];
}

/** Most leave the object of the right form. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    action: fc.oneof(
      { weight: 8, arbitrary: fc.constant('add' as const) },
      { weight: 4, arbitrary: fc.constant('replace' as const) },
      { weight: 1, arbitrary: fc.constant('repeat' as const) },
      { weight: 1, arbitrary: fc.constant('remove' as const) },
      { weight: 1, arbitrary: fc.constant('wrong' as const) },
      { weight: 1, arbitrary: fc.constant('unknown' as const) },
    ),
    numbers: choiceNumbers,
  }),
  { maxLength: 5 },
);

type Container = Record<string, unknown> | unknown[];

/** A value inside an object, with what its type says of it. */
interface Place {
  readonly holder: Container;
  readonly key: string | number;
  readonly type: FieldType;
}

/** A copy of the object with all the changes made. */
export function mutated(object: ApiObject, { typeName }: ResourceInfo, wanted: readonly Mutation[]): ApiObject {
  const root: Record<string, unknown> = { object: structuredClone(object) };
  for (const { action, numbers } of wanted) mutate(root, { kind: 'object', typeName }, action, new Choices(numbers));
  return root.object as ApiObject;
}

function mutate(root: Record<string, unknown>, type: FieldType, action: Mutation['action'], choices: Choices): void {
  const places = placesIn({ holder: root, key: 'object', type });
  if (action === 'add') addField(places, choices);
  else if (action === 'repeat') onOne(places.filter(isListPlace), choices, (place) => repeatItem(place, choices));
  else if (action === 'unknown') onOne(places.filter(isObjectPlace), choices, (place) => addUnknown(place, choices));
  else onOne(inner(places), choices, changes[action]);
}

const changes: Readonly<Record<'replace' | 'wrong' | 'remove', (place: Place, choices: Choices) => void>> = {
  replace: (place, choices) => put(place, typedValue(place.type, choices)),
  wrong: (place, choices) => put(place, wrongValue(place.type, choices)),
  remove,
};

function repeatItem(place: Place, choices: Choices): void {
  const list = valueAt(place) as unknown[];
  if (list.length > 0) list.push(structuredClone(list[choices.below(list.length)]));
}

function addUnknown(place: Place, choices: Choices): void {
  (valueAt(place) as Record<string, unknown>).noSuchField = choices.of<unknown>(['text', 1, {}, [null]]);
}

/** Everywhere in the value, itself first. */
function placesIn(place: Place): Place[] {
  const { type } = place;
  const value = valueAt(place);
  const places = [place];
  if (Array.isArray(value) && type.kind === 'list') {
    for (const key of value.keys()) places.push(...placesIn({ holder: value, key, type: type.items }));
  } else if (isRecord(value) && (type.kind === 'map' || type.kind === 'object')) {
    for (const key of Object.keys(value)) {
      const inside = type.kind === 'map' ? type.values : schemas.get(type.typeName).fields.get(key)?.type;
      if (inside) places.push(...placesIn({ holder: value, key, type: inside }));
    }
  }
  return places;
}

/** What says which object it is stays as it is: anything else would be another request. */
const identity: ReadonlySet<string | number> = new Set([
  'object',
  'apiVersion',
  'kind',
  'name',
  'namespace',
  'metadata',
]);

function inner([root, ...places]: readonly Place[]): Place[] {
  const object = root && valueAt(root);
  const metadata = isRecord(object) ? object.metadata : undefined;
  return places.filter(({ holder, key }) => !(identity.has(key) && (holder === object || holder === metadata)));
}

function addField(places: readonly Place[], choices: Choices): void {
  onOne(
    places.filter((place) => isObjectPlace(place) || isListPlace(place) || isMapPlace(place)),
    choices,
    (place) => {
      const { type } = place;
      const value = valueAt(place);
      if (type.kind === 'list') (value as unknown[]).push(typedValue(type.items, choices));
      else if (type.kind === 'map')
        (value as Record<string, unknown>)[choices.of(['a', 'b', 'c'])] = typedValue(type.values, choices);
      else if (type.kind === 'object') {
        const object = value as Record<string, unknown>;
        const absent = [...schemas.get(type.typeName).fields.values()].filter(({ name }) => !(name in object));
        const field = absent[choices.below(absent.length)];
        if (field) object[field.name] = typedValue(field.type, choices);
      }
    },
  );
}

function onOne(places: readonly Place[], choices: Choices, change: (place: Place, choices: Choices) => void): void {
  const place = places[choices.below(places.length)];
  if (place) change(place, choices);
}

function valueAt({ holder, key }: Place): unknown {
  return (holder as Record<string | number, unknown>)[key];
}

function put({ holder, key }: Place, value: unknown): void {
  (holder as Record<string | number, unknown>)[key] = value;
}

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(key as number, 1);
  else delete holder[key];
}

function isObjectPlace(place: Place): boolean {
  return place.type.kind === 'object' && isRecord(valueAt(place));
}

function isListPlace(place: Place): boolean {
  return place.type.kind === 'list' && Array.isArray(valueAt(place));
}

function isMapPlace(place: Place): boolean {
  return place.type.kind === 'map' && isRecord(valueAt(place));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
