/** Generates everything that is not committed; the build does the same, package by package. New steps for `libs/api` go into `api.ts`. */
import './messages.ts';
import './api.ts';
