// The end of a session while the page is open: what is on the page stays, and a login in another tab continues it.

import { loginPath, onSession } from './api.js'
import { html } from './vendor/preact.js'
import { Icon } from './icons.js'
import { t } from './words.js'

/** Follows whether the session is over. `again` is called when the reader returns to the page meanwhile. */
export const watchSession = (store, again) => {
  onSession(isSessionOver => store.set({ isSessionOver }))
  const look = () => { if (store.get().isSessionOver && document.visibilityState === 'visible') again() }
  addEventListener('focus', look)
  document.addEventListener('visibilitychange', look)
}

export const SessionOver = ({ state }) => state.isSessionOver && html`
  <div id="session-over" class="session-over" role="alert">
    <${Icon} name="lock"/>
    <p><b>${t('sessionOver')}</b><span>${t('sessionOverHelp')}</span></p>
    <a class="button main" href=${loginPath()} target="_blank">${t('logInAgain')}</a>
  </div>`
