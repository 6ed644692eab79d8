import { Button } from '@mantine/core';
import { useWords } from './words';

export function LanguageSwitch({ variant }: { readonly variant: 'white' | 'default' }) {
  const { language, setLanguage, say } = useWords();
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <Button variant={variant} size="sm" lang={other} onClick={() => setLanguage(other)}>
      {say('language')}
    </Button>
  );
}
