export * from './generated/kinds.ts';
export * from './resource/resource-type.ts';
