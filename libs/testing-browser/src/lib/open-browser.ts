import { chromium, type Page } from 'playwright-core';
import type { BrowserInstallation } from './find-browser';

export type { Page } from 'playwright-core';

export interface OpenedBrowser {
  /** A page with nothing of any other: no cookies, no storage. */
  newPage(options?: { width?: number; height?: number }): Promise<Page>;
  close(): Promise<void>;
}

/** Starts a browser without a window. It has no sandbox of its own, so it is for pages of ours alone. */
export async function openBrowser({ executable, libraryPath }: BrowserInstallation): Promise<OpenedBrowser> {
  const browser = await chromium.launch({
    executablePath: executable,
    timeout: 30_000,
    ...(libraryPath !== undefined && { env: { ...process.env, LD_LIBRARY_PATH: libraryPath } }),
  });
  return {
    newPage: ({ width = 1024, height = 768 } = {}) => browser.newPage({ viewport: { width, height } }),
    close: () => browser.close(),
  };
}
