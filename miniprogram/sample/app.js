'use strict'

App({})
