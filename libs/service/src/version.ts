/** Version of Orrery as a whole; the same as in the root `package.json` (a test compares them). */
export const ORRERY_VERSION = '0.1.0';
