/** The ids of the text areas of the light editor. */
export const LIGHT_EDITOR_IDS = { query: 'light-query', variables: 'light-variables' };
