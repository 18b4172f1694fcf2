export * from './bus.ts';
export * from './bus-errors.ts';
export * from './subjects.ts';
