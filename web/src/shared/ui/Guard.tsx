import { Component, type ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { Button } from './Button';

/** Keeps a fault of one part from blanking its page. */
export class Guard extends Component<{ what: string; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <div role="alert" className="flex flex-wrap items-center gap-3 p-4">
        <p className="m-0">{t`This page could not show ${this.props.what}. Please tell an admin.`}</p>
        <Button
          onClick={() => {
            this.setState({ broken: false });
          }}
        >
          {t('Try again')}
        </Button>
      </div>
    );
  }
}
