// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import { takeToken } from './linkToken';
import { pageFor } from './pages';

describe('the token of a link', () => {
  beforeEach(() => history.replaceState(null, '', '/reset-password'));

  it('is read and removed from the address', () => {
    location.hash = '#token=letter_a%2Bb';
    expect(takeToken()).toBe('letter_a+b');
    expect(location.href).not.toContain('letter_');
    expect(takeToken()).toBeNull();
  });

  it('is null if it is empty or absent', () => {
    location.hash = '#token=';
    expect(takeToken()).toBeNull();
    location.hash = '#/query';
    expect(takeToken()).toBeNull();
  });
});

describe('pageFor', () => {
  it('finds pages behind a path prefix, and no others', () => {
    expect(pageFor('/reset-password')).toBeDefined();
    expect(pageFor('/prefix/accept-invitation/')).toBeDefined();
    expect(pageFor('/graphql')).toBeUndefined();
    expect(pageFor('/constructor')).toBeUndefined();
  });

  it('removes the token before the page is loaded, and leaves the hash of the console alone', () => {
    location.hash = '#token=letter_secret';
    pageFor('/reset-password');
    expect(location.hash).toBe('');
    history.replaceState(null, '', '/graphql#/data/tasks');
    pageFor(location.pathname);
    expect(location.hash).toBe('#/data/tasks');
  });
});
