/** The language of the page: Simplified Chinese unless somebody has switched on this device. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { en } from './en';
import { fill } from './fill';
import { type WordKey, type Words, zh } from './zh';

export type { WordKey } from './zh';

export type Language = 'zh-CN' | 'en';
const DICTIONARIES: Readonly<Record<Language, Words>> = { 'zh-CN': zh, en };
const STORED = 'anqi.language';

export interface Speech {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly say: (key: WordKey, values?: Readonly<Record<string, string | number>>) => string;
  /** The word of a code such as `state.online`; the code itself where there is none. */
  readonly sayCode: (group: string, code: string) => string;
}

const LanguageContext = createContext<Speech | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (stored() === 'en' ? 'en' : 'zh-CN'));
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = DICTIONARIES[language].appName;
  }, [language]);
  const speech = useMemo((): Speech => {
    const words: Words = DICTIONARIES[language];
    return {
      language,
      setLanguage: (next) => {
        store(next);
        setLanguage(next);
      },
      say: (key, values) => fill(words[key], values),
      sayCode: (group, code) => {
        const key = `${group}.${code}`;
        return isKey(key) ? words[key] : code;
      },
    };
  }, [language]);
  return <LanguageContext value={speech}>{children}</LanguageContext>;
}

export function useWords(): Speech {
  const speech = useContext(LanguageContext);
  if (speech === null) throw new Error('no LanguageProvider');
  return speech;
}

function isKey(key: string): key is WordKey {
  return Object.hasOwn(zh, key);
}

/** A browser may forbid it. */
function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(language: Language): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // The choice lasts as long as the page.
  }
}
