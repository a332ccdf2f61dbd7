# SPDX-License-Identifier: MIT
"""What streams, connectors and input devices have in common."""
from . import library as _l
from .errors import Gone, Refused

# A change that xenavd does not tell of is looked for so often.
LOOK_S = 0.1


class Thing:
    """An object of a guest.

    Attributes: kind, domain (the guest's name), domid, devid, unique_id, gone, and those of each class.
    """
    kind = 'object'

    def __init__(self, connection, pointer):
        self.connection, self.pointer, self.gone = connection, pointer, False
        info = getattr(_l.library(), 'xenav_%s_get_info' % self.kind)(pointer).contents
        self.domid, self.devid = info.domid, info.devid
        self._names = info.domain_name, info.unique_id
        self.domain = info.domain_name.decode(errors='replace')
        self.unique_id = info.unique_id.decode(errors='replace')
        self._claim = None   # None, 'asked', 'claimed' or an error
        self._info(info)

    def _info(self, info):
        pass

    def __repr__(self):
        return '<%s %s of %s (%d)>' % (self.kind, self.unique_id, self.domain, self.domid)

    def selected(self, domain=None, unique_id=None):
        """Does a user's choice hold for it?"""
        domain = None if domain is None else str(domain).encode()
        unique_id = None if unique_id is None else unique_id.encode()
        return bool(_l.library().xenav_selects(domain, unique_id, self.domid, *self._names))

    def _call(self, function, *arguments):
        if self.gone:
            raise Gone('%r is gone' % self)
        return self.connection.call(function, self.pointer, *arguments)

    async def _until(self, condition, timeout=...):
        def check():
            if self.gone:
                raise Gone('%r is gone' % self)
            return condition()
        return await self.connection.until(check, timeout)

    async def _ask(self, function):
        self._claim = 'asked'
        try:
            self._call(function)
            await self._until(lambda: self._claim != 'asked')
        except BaseException:
            self._release()
            raise
        if self._claim != 'claimed':
            error, self._claim = self._claim, None
            raise Refused(repr(self), error)

    def _release(self):
        if self._claim and not self.gone and self.connection.is_open:
            self._call(self.kind + '_release')
        self._claim = None

    def on_claimed(self):
        self._claim = 'claimed'

    def on_claim_failed(self, error):
        self._claim = error
