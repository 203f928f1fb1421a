import 'graphiql/setup-workers/vite'; // Monaco's workers from this bundle instead of a CDN
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './console.css';

import { createRoot } from 'react-dom/client';
import { Console } from './Console.jsx';

createRoot(document.getElementById('root')).render(<Console />);
