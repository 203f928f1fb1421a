import { createStore, useStore } from '../server/store';

/** The colors that the user chose; "system" follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'allotment:colors';
const theme = createStore<Theme>('system');
const system = createStore<'light' | 'dark'>('light');

/** The chosen theme. */
export function useTheme(): Theme {
  return useStore(theme);
}

/** The colors in use, whether chosen or those of the system. */
export function useColors(): 'light' | 'dark' {
  const chosen = useStore(theme);
  const ofSystem = useStore(system);
  return chosen === 'system' ? ofSystem : chosen;
}

/** Choose the theme for this browser. */
export function selectTheme(next: Theme): void {
  apply(next);
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // storage is disabled: the choice lasts until the page is closed
  }
}

/** Apply the stored theme, and follow changes of the system. Call it once, before the first rendering. */
export function startTheme(): void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => system.set(query.matches ? 'dark' : 'light');
  query.addEventListener('change', follow);
  follow();
  apply(stored());
}

function apply(next: Theme): void {
  theme.set(next);
  if (next === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = next;
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}
