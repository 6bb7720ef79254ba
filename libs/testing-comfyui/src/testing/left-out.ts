/** Recorded requests that the simulator answers otherwise, each with the reason. */
export const leftOut: readonly { readonly path: RegExp; readonly because: string }[] = [
  { path: /^\/view\?.*preview=/, because: 'it has no WebP encoder; the PNG itself is sent' },
  {
    path: /^\/(users|settings|i18n|workflow_templates|global_subgraphs)$/,
    because: 'for the page in the browser',
  },
  {
    path: /^\/(internal\/folder_paths|experiment\/models|view_metadata\/.*)$/,
    because: 'for the page in the browser',
  },
  { path: /^\/$/, because: 'there is no page; the simulator says what it is' },
  { path: /^\/node_replacements$/, because: 'for the page in the browser' },
  { path: /^\/api\/assets$/, because: 'a system of its own, switched off in the recorded server' },
];
