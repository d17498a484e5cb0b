import { Component, type ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';

interface Props {
  children: ReactNode;
}

/** Keeps a page that fails from taking the frame with it. Its `key` is the page's address: another page starts anew. */
export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  // A part of the app that could not be loaded comes with the connection.
  private readonly again = (): void => {
    if (this.state.failed) location.reload();
  };

  override componentDidMount(): void {
    addEventListener('online', this.again);
  }

  override componentWillUnmount(): void {
    removeEventListener('online', this.again);
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="p-6">
        <Card title={t('This page can’t be shown')}>
          <Empty
            action={
              <Button
                kind="primary"
                onClick={() => {
                  location.assign(location.pathname);
                }}
              >
                {t('Open it without its filters')}
              </Button>
            }
          >
            {t('Something in it does not work. The other pages do.')}
          </Empty>
        </Card>
      </div>
    );
  }
}
