export { findBrowser, type BrowserInstallation } from './lib/find-browser';
export { openBrowser, type OpenedBrowser, type Page } from './lib/open-browser';
