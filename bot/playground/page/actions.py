"""What people do on the page: checked, then done in the world."""

from bot.playground.page.action import Action
from bot.playground.page.photos import Photos
from bot.playground.page.pressing import Press, Stop
from bot.playground.page.topics import OpenTopic, Topics
from bot.playground.page.writing import Delete, Edit, Forward, Say

ACTIONS: dict[str, type[Action]] = {
    "say": Say,
    "photos": Photos,
    "edit": Edit,
    "delete": Delete,
    "forward": Forward,
    "press": Press,
    "stop": Stop,
    "topic": OpenTopic,
    "topics": Topics,
}
