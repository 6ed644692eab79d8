import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { MantineProvider } from '@mantine/core';
import { App } from './app';
import { contrast, theme } from './theme';
import { LanguageProvider } from './words';

const root = document.getElementById('root');
const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? '';

if (root !== null) {
  createRoot(root).render(
    <MantineProvider theme={theme} forceColorScheme="light" cssVariablesResolver={contrast} getStyleNonce={() => nonce}>
      <LanguageProvider>
        <App />
      </LanguageProvider>
    </MantineProvider>,
  );
}
