import { Component, type ReactNode } from 'react';

interface Props {
  /** What failed, for the message: "The query editor". */
  name: string;
  children: ReactNode;
}

/** Shows a message instead of its children if they fail to render or to load. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="notice" role="alert">
        <p>
          {this.props.name} failed: {error.message}
        </p>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    );
  }
}
