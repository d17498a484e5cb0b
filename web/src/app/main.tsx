import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NuqsAdapter } from 'nuqs/adapters/react-router/v7';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import '@/shared/ui/tokens.css';
import { ApiError } from '@/shared/api/client';
import { useExpired } from '@/shared/api/expired';
import { LANGUAGE } from '@/shared/i18n/language';
import { Routes } from './routes';
import { ME } from './session';

/** What a page fetched counts as new for this long. */
const STALE_MS = 5 * 60_000;

const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // Who asks who they are and is told nobody goes to the log-in page.
      const over = error instanceof ApiError && error.status === 401;
      if (!over || query.queryKey[0] === ME[0]) return;
      useExpired.getState().set(true);
      // The page stays as it is behind the dialog, which asks for everything again: an error of it would say nothing.
      const status = query.state.data === undefined ? 'pending' : 'success';
      query.setState({ status, error: null });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      retry: (count, error) =>
        error instanceof ApiError && (error.status === 0 || error.status >= 500) && count < 1,
      refetchOnWindowFocus: false,
    },
  },
});

document.documentElement.lang = LANGUAGE === 'es' ? 'es' : 'en';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={client}>
          <BrowserRouter>
            {/* Links and the frame read the address from the router, which must hear of every change. */}
            <NuqsAdapter defaultOptions={{ shallow: false }}>
              <Routes />
            </NuqsAdapter>
          </BrowserRouter>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
