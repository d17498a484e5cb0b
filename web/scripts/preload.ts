import type { Plugin } from 'vite';

/** Has the pages fetch their font at once: else a first visit shows the system's. */
export function preloadedFont(): Plugin {
  return {
    name: 'preloaded-font',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((name) => name.endsWith('.woff2'));
        if (!font) return [];
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true };
        return [{ tag: 'link', injectTo: 'head-prepend', attrs: { ...attrs, href: `/${font}` } }];
      },
    },
  };
}
