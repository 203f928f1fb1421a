import { useServerInfo } from '../server/serverInfo';
import { SessionControls } from '../session/SessionControls';
import { useSession } from '../session/session';
import { selectTheme, type Theme, useTheme } from '../ui/theme';
import { ViewLink } from '../ui/ViewLink';
import { useView } from '../ui/view';
import icon from './icon.svg';
import { VIEWS } from './views';

/** The bar at the top: views, version, colors, tenant and user. */
export function Bar() {
  return (
    <header className="bar">
      <Brand />
      <Navigation />
      <span className="space" />
      <ServerVersion />
      <ThemeSelect />
      <SessionControls />
    </header>
  );
}

function Navigation() {
  const [current] = useView().segments;
  const server = useServerInfo();
  const session = useSession();
  const available = VIEWS.filter(
    ({ isAvailable, isListed }) => (isAvailable?.(server) ?? true) && (isListed?.(session) ?? true),
  );
  const links = [{ segment: 'query', title: 'Query' }, ...available];
  return (
    <nav aria-label="Views">
      {links.map(({ segment, title }) => (
        <ViewLink key={segment} path={`/${segment}`} isCurrent={segment === current}>
          {title}
        </ViewLink>
      ))}
    </nav>
  );
}

function Brand() {
  return (
    <span className="brand" title={useVersion()?.join(', ')}>
      <img src={icon} alt="" width="20" height="20" />
      Allotment
    </span>
  );
}

// In a narrow window only the title of the brand has it.
function ServerVersion() {
  const version = useVersion();
  return version && <span className="version">{version.join(' · ')}</span>;
}

function useVersion(): string[] | undefined {
  const server = useServerInfo();
  if (!server?.version) return undefined;
  return [server.version, `schema ${server.schemaHash?.slice(0, 8)}`];
}

function ThemeSelect() {
  const theme = useTheme();
  return (
    <select aria-label="Colors" value={theme} onChange={event => selectTheme(event.target.value as Theme)}>
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
