/** The console begins here. */
import { render } from 'preact';
import { App } from './app/app.tsx';
import { useColours } from './app/colours.ts';
import { resume } from './app/session.ts';

useColours();
void resume();
const root = document.querySelector('#app');
if (root !== null) render(<App />, root);
